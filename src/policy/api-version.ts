/** Whether API version `have` is `wanted` or newer. Versions are `major.minor`: 1.9 is older than 1.41. */
export function apiVersionAtLeast(have: string, wanted: string): boolean {
  const [haveMajor = 0, haveMinor = 0] = have.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return haveMajor > wantedMajor || (haveMajor === wantedMajor && haveMinor >= wantedMinor);
}
