import { writeFileSync } from 'node:fs'
import { relayFaultsPage } from '../test/house/_relay-faults.ts'

/* npm run relay-faults: writes docs/relay-faults.md from the table that the tests play. */
writeFileSync('docs/relay-faults.md', relayFaultsPage())
