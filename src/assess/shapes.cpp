#include "assess/shapes.hpp"

#include <string>

#include "base/error.hpp"

namespace kohort {

void expect_equal_lengths(std::size_t a, std::size_t b) {
  if (a == b) return;
  throw Error{
      ErrorKind::Defect,
      "two columns of the same units have " + std::to_string(a) + " and " + std::to_string(b) + " rows",
      {},
      "please report this"};
}

}  // namespace kohort
