#pragma once
// A binned matrix as bytes and back without a copy: written to a file once, mapped by every process that fits
// on it.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "matrix/binned.hpp"

namespace kohort {

/// Hands the bytes to `write`, piece by piece, in order. The same matrix gives the same bytes on one kind of
/// machine; they are not meant to travel between kinds.
void write_binned(const BinnedMatrix& matrix, const std::function<void(std::span<const std::byte>)>& write);

/// The matrix that reads its cells out of `bytes`, which must start at a multiple of 64 and are kept by
/// `owner`. Throws Error (data) when they are not whole or point outside themselves. O(bytes): every place
/// and code is looked at once.
BinnedMatrix read_binned(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

}  // namespace kohort
