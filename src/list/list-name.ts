/** A local part may have 64 bytes (RFC 5321 4.5.3.1.1). */
const longest = 64

/**
 * Why something cannot be the name of a new list, as the end of a sentence; undefined when it can.
 * The name becomes a directory, the local part of an address, and a word in a shell's line in the
 * alias file, so only what is harmless in all three is let through.
 */
export function whyNoListName(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.length > longest) return `is longer than ${longest} characters`
  if (name.startsWith('.')) return 'begins with a dot'
  if (name.startsWith('-')) return 'begins with a hyphen'
  if (name.includes('/')) return 'holds a slash'
  if (name.includes('..') || name.endsWith('.')) return 'has a dot that no mail address can have'
  if (name.includes('+')) return 'holds a +, which separates commands from the name'
  const odd = /[^A-Za-z0-9._-]/u.exec(name)?.[0]
  return odd === undefined
    ? undefined
    : `holds ${JSON.stringify(odd)}; letters, digits, dots, hyphens and underscores will do`
}

/** Why something cannot be the domain of a new list, as the end of a sentence. */
export function whyNoDomain(domain: string): string | undefined {
  if (domain === '') return 'is empty'
  if (domain.length > 253) return 'is longer than 253 characters'
  const label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
  return new RegExp(`^${label}(\\.${label})*$`).test(domain)
    ? undefined
    : 'is no domain name such as example.org'
}
