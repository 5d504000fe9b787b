const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** Fields of the clock on a wall `zoneMinutes` east of Greenwich. */
function wallClock(epochMs: number, zoneMinutes: number) {
  const shifted = new Date(epochMs + zoneMinutes * 60_000)
  return {
    weekday: days[shifted.getUTCDay()] ?? '',
    day: String(shifted.getUTCDate()),
    month: months[shifted.getUTCMonth()] ?? '',
    year: String(shifted.getUTCFullYear()),
    time: shifted.toISOString().slice(11, 19),
  }
}

/**
 * A date for a header, such as `Sat, 21 Nov 2026 00:55:35 +0100` (RFC 5322 3.3).
 *
 * @param epochMs milliseconds since 1970.
 * @param zoneMinutes how far local time is ahead of UTC.
 */
export function mailDate(epochMs: number, zoneMinutes: number): string {
  const { weekday, day, month, year, time } = wallClock(epochMs, zoneMinutes)
  const zone = Math.abs(zoneMinutes)
  const hours = String(Math.floor(zone / 60)).padStart(2, '0')
  const sign = zoneMinutes < 0 ? '-' : '+'
  return `${weekday}, ${day.padStart(2, '0')} ${month} ${year} ${time} ${sign}${hours}${String(zone % 60).padStart(2, '0')}`
}

/** The date as C's ctime() writes it, 24 characters, such as `Sat Nov 21 00:55:35 2026`. */
export function ctime(epochMs: number, zoneMinutes: number): string {
  const { weekday, day, month, year, time } = wallClock(epochMs, zoneMinutes)
  return `${weekday} ${month} ${day.padStart(2)} ${time} ${year}`
}

/**
 * The Message-ID of a mail we write (spec mailflow 0.2).
 *
 * @param random eight digits [0-9a-f] that nobody can know before.
 */
export function messageId(epochMs: number, pid: number, random: string, fqdn: string): string {
  return `<${Math.floor(epochMs / 1000)}-${pid}-mlmmj-${random}@${fqdn}>`
}
