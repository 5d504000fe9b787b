/** A mail that came back (spec mailflow 7.1). */
export async function bounces(): Promise<string | undefined> {
  return await Promise.resolve('bounces are not taken yet')
}
