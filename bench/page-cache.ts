import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";

/**
 * Makes the system forget the contents of files, so that the next program reads them from the disk.
 *
 * @throws Error where this is not Linux or the user may not do it.
 */
export function dropPageCache(): void {
  spawnSync("sync");
  writeFileSync("/proc/sys/vm/drop_caches", "3");
}
