import { get } from 'node:http'
import { Fault } from '../base/fault.ts'
import type { ListenerConfig } from '../config.ts'
import type { Output } from './_output.ts'

const patienceMs = 5_000

/**
 * Asks the service of this machine whether it is ready, for HEALTHCHECK and for people.
 *
 * @throws Fault notThere when it is not, or does not answer.
 */
export async function askHealth(
  { host, httpPort }: Pick<ListenerConfig, 'host' | 'httpPort'>,
  stdout: Output,
): Promise<void> {
  const here = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const { status, body } = await answerFrom({ host: here, port: httpPort, path: '/health/ready' })
  if (status !== 200) throw new Fault('notThere', `the service is not ready: ${body}`)
  await stdout.write('the service is ready\n')
}

async function answerFrom(where: {
  host: string
  port: number
  path: string
}): Promise<{ status: number; body: string }> {
  return await new Promise((resolve, reject) => {
    const gone = (thrown: Error) =>
      reject(
        new Fault('notThere', `no service answers on port ${where.port} of ${where.host}`, thrown),
      )
    const request = get({ ...where, timeout: patienceMs }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', gone)
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8').trim().slice(0, 2_000)
        resolve({ status: response.statusCode ?? 0, body })
      })
    })
    request.on('timeout', () => request.destroy(new Fault('busy', 'no answer in time')))
    request.on('error', gone)
  })
}
