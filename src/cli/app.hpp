#pragma once
// The command line: picks the command, turns an Error into a message and an exit code (SPEC O-7).

namespace kohort {

/// Returns the exit code; prints results on standard output, everything else on standard error.
int run_cli(int argc, char** argv);

}  // namespace kohort
