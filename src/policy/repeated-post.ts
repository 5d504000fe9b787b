import { asciiLower } from '../base/bytes.ts'
import { decodeText } from '../message/encoded-word.ts'
import type { Head } from '../message/head.ts'
import { valueOf } from '../message/mail-facts.ts'

/**
 * The name under which posts are counted that are the same to a reader: from one poster, with the
 * same subject but for what answering puts in front of it, and the same text. A vacation notice that
 * answers the list, and says nothing of being one, comes under one name for ever.
 *
 * @param text stands for the body, such as its digest
 */
export function repeatName(head: Head, poster: string, text: string): string {
  const subject = decodeText(valueOf(head, 'subject') ?? '').slice(0, 1_000)
  const behind = subject.slice(subject.lastIndexOf(':') + 1).replace(/\[[^\]]*\]/g, '')
  return ['post', asciiLower(poster), behind.trim(), text].join('\0')
}
