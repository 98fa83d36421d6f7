package cli

import "runtime/debug"

// Version is the program's version as the build recorded it. The log keeps it
// beside every notice, and a replay compares it with its own.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return info.Main.Version
}
