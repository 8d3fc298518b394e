// A directory of a test's own, gone with its scope.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "base/check.h"
#include "runtime/files.h"

namespace varve {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    path_ = testing::TempDir() + "varve.XXXXXX";
    VARVE_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~ScratchDirectory() { RealFiles().RemoveTree(path_).IgnoreError(); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace varve
