import { runSuriadm } from '../cli/suriadm/suriadm.ts'
import { main } from './main.ts'

await main('suriadm', runSuriadm)
