#pragma once
// The front end, built by esbuild from web/ and embedded by bundle.S.

#include <string_view>

namespace kohort {

std::string_view bundle_script();
std::string_view bundle_style();

}  // namespace kohort
