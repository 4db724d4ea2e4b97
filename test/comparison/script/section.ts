/**
 * A chapter of the script. Each line is one command for a shell, and stands for itself in the report; what a chapter makes, it removes.
 * `$REGISTRY` is the fleet's registry; in the working folder lie `busybox.tar` and what earlier lines wrote there.
 */
export interface Section {
  name: string;
  lines: readonly string[];
}
