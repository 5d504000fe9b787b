import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a port of this machine on which every byte takes so long in each direction. */
export interface DelayingProxy extends AsyncDisposable {
  readonly port: number
}

export async function delayingProxy(to: number, oneWayMs: number): Promise<DelayingProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('data', (chunk) => setTimeout(() => into.writable && into.write(chunk), oneWayMs))
      from.on('end', () => setTimeout(() => into.end(), oneWayMs))
      from.on('error', () => into.destroy())
      from.on('close', () => sockets.delete(from))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
