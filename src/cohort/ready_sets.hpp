#pragma once
// The ready predictor sets of studies/predictors/, made part of the program at build.

#include <span>
#include <string_view>

namespace kohort {

struct ReadySet {
  std::string_view name, text;
};
std::span<const ReadySet> ready_set_texts();

}  // namespace kohort
