#include "synth/settings.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace kohort {

void check(const SynthSettings& settings) {
  if (settings.persons < 1 || settings.persons > 100'000'000)
    throw Error{ErrorKind::Study, fmt::format("{} persons cannot be made", settings.persons), "persons",
                "give a whole number from 1 to 100 000 000"};
  if (settings.first_year < 1950 || settings.last_year > 2100 || settings.first_year > settings.last_year)
    throw Error{ErrorKind::Study,
                fmt::format("no registers can run from {} to {}", settings.first_year, settings.last_year),
                "years", "give a first and a last year in order, between 1950 and 2100"};
}

}  // namespace kohort
