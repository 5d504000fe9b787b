import { addressesIn } from './addresses.ts'
import type { Head } from './head.ts'

/** The value of the first field with this name (lower case), without blanks around it. */
export function valueOf(head: Head, name: string): string | undefined {
  return head.fields.find((field) => field.name === name)?.value()
}

/** The values of all fields with this name (lower case), in their order. */
export function valuesOf(head: Head, name: string): string[] {
  return head.fields.filter((field) => field.name === name).map((field) => field.value())
}

/**
 * All addresses in all fields with this name (lower case), in their order: From:, To:, Cc:,
 * Return-Path:, Delivered-To:, X-Original-To:, X-Original-From:. What came is not checked.
 */
export function addressesOf(head: Head, name: string): string[] {
  return valuesOf(head, name).flatMap(addressesIn)
}

/** How many hosts have passed the mail on (RFC 5321 4.4, 6.3). */
export function receivedCount(head: Head): number {
  return head.fields.filter((field) => field.name === 'received').length
}
