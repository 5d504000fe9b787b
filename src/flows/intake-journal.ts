export { openIntakeJournal, type IntakeJournal } from '../spool/intake-journal.ts'
