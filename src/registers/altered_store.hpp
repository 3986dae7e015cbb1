#pragma once
// The other future, for the leakage test (SPEC P-3): a copy of a store in which nothing that was known at a
// day has changed, and everything that became known later has.

#include <cstdint>
#include <filesystem>

#include "registers/open_store.hpp"

namespace kohort {

enum class Alteration {
  Delete,  // rows known later are gone, cells known later are blank, spells that end later are open
  Garble   // rows known later hold other valid values and later dates; cells known later hold others, ends
           // later days
};

/// Writes the altered copy of `store` as of day `t` to `out` (replaced if it exists).
///   row known at t   event: registered (known_at) and happened by t; status: started (and registered) by t;
///   accumulated: its
///                    31 December (and registered) by t; fixed: registered by t, or always where no date says
///                    so. A row without the date that decides was never known
///   cell known at t  its column's known_at date is there and by t; the end of a spell: by t
/// The same store, day and seed give the same copy. A predictor as of t that differs between the two stores
/// has leaked.
void write_altered_store(const RegisterStore& store, std::int32_t t, const std::filesystem::path& out,
                         Alteration how, std::uint64_t seed = 1);

}  // namespace kohort
