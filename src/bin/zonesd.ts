import { runZonesd } from '../cli/zonesd/zonesd.ts'
import { main } from './main.ts'

await main('zonesd', runZonesd)
