import { lockIsHeld } from '../spool/lock.ts'

/** Name of the lock that one worker for each list holds. */
export const workerLock = 'worker'

/** Whether a worker is at it now; it will see every mail that is in incoming/ already. */
export async function hasWorker(listDir: string): Promise<boolean> {
  return await lockIsHeld(listDir, workerLock)
}
