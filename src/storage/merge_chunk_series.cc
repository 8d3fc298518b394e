#include <algorithm>
#include <optional>
#include <utility>

#include "storage/chunk_series.h"
#include "storage/join_chunks.h"
#include "storage/loser_tree.h"

namespace varve {
namespace {

class MergedSet : public ChunkSeriesSet {
 public:
  explicit MergedSet(std::vector<std::unique_ptr<ChunkSeriesSet>> children) {
    for (auto& child : children) children_.push_back({std::move(child)});
  }

  bool Next() override {
    if (!status_.ok() || !(tree_.has_value() || Start())) return false;
    if (!Winner().live) return false;
    current_ = std::move(Winner().set->At());
    bool joined = false;
    while (AdvanceWinner() && Winner().live && Winner().set->At().labels == current_.labels) {
      AppendChunks(current_, std::move(Winner().set->At()));
      joined = true;
    }
    if (joined) OrderChunks(current_.chunks);
    return status_.ok();
  }
  ChunkSeries& At() override { return current_; }
  const absl::Status& status() const override { return status_; }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> all;
    for (const Child& child : children_) {
      for (std::string& warning : child.set->warnings()) {
        if (std::find(all.begin(), all.end(), warning) == all.end()) all.push_back(std::move(warning));
      }
    }
    return all;
  }

 private:
  struct Child {
    std::unique_ptr<ChunkSeriesSet> set;
    bool live = false;  // At() is valid
  };
  struct Less {
    MergedSet* merge;
    bool operator()(size_t a, size_t b) const { return merge->Before(a, b); }
  };

  bool Before(size_t a, size_t b) {
    if (!children_[a].live || !children_[b].live) return children_[a].live && !children_[b].live;
    const auto order = children_[a].set->At().labels <=> children_[b].set->At().labels;
    return order != 0 ? order < 0 : a < b;
  }

  Child& Winner() { return children_[tree_->winner()]; }

  bool Advance(Child& child) {
    child.live = child.set->Next();
    if (!child.live && !child.set->status().ok()) status_ = child.set->status();
    return status_.ok();
  }

  bool AdvanceWinner() {
    if (!Advance(Winner())) return false;
    tree_->Replay();
    return true;
  }

  bool Start() {
    for (Child& child : children_) {
      if (!Advance(child)) return false;
    }
    tree_.emplace(children_.size(), Less{this});
    return true;
  }

  std::vector<Child> children_;
  std::optional<LoserTree<Less>> tree_;
  ChunkSeries current_;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<ChunkSeriesSet> MergeChunkSeriesSets(std::vector<std::unique_ptr<ChunkSeriesSet>> children) {
  if (children.empty()) return NewChunkSeriesSet({});
  if (children.size() == 1) return std::move(children.front());
  return std::make_unique<MergedSet>(std::move(children));
}

}  // namespace varve
