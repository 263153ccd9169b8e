import { runZoneadm } from '../cli/zoneadm.ts'
import { main } from './main.ts'

await main('zoneadm', runZoneadm)
