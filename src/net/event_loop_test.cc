#include "net/event_loop.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include <atomic>
#include <future>
#include <latch>

namespace varve {
namespace {

class EventLoopTest : public testing::Test {
 protected:
  EventLoopTest() : executor_("test", 2), loop_("test-events", executor_) { loop_.Start(); }

  void Handle(std::function<void()> handler) { boost::asio::post(*loop_.io(), std::move(handler)); }
  // Where a handler runs now.
  std::thread::id HandlerThread() {
    std::promise<std::thread::id> thread;
    Handle([&thread] { thread.set_value(std::this_thread::get_id()); });
    return thread.get_future().get();
  }

  Executor executor_;
  EventLoop loop_;
};

TEST_F(EventLoopTest, WorkStaysOnTheThreadThatReadItAndEventsGoOn) {
  std::promise<std::thread::id> handler, work;
  std::latch events_seen(1);
  Handle([&] {
    handler.set_value(std::this_thread::get_id());
    loop_.Post([&] {
      work.set_value(std::this_thread::get_id());
      events_seen.wait();
    });
  });
  const std::thread::id worker = work.get_future().get();
  EXPECT_EQ(worker, handler.get_future().get());
  EXPECT_NE(HandlerThread(), worker);
  events_seen.count_down();
  loop_.Finish();
}

TEST_F(EventLoopTest, MoreWorkGoesToTheExecutor) {
  std::latch all_at_work(3), go_on(1);
  std::atomic<int> done = 0;
  const auto work = [&] {
    all_at_work.count_down();
    go_on.wait();
    ++done;
  };
  Handle([&] {
    for (int i = 0; i < 3; ++i) loop_.Post(work);
  });
  all_at_work.wait();  // one here, two on the executor's threads
  EXPECT_NE(HandlerThread(), std::thread::id());
  Handle([&] { loop_.Post([&] { ++done; }); });
  EXPECT_NE(HandlerThread(), std::thread::id());  // nobody is free for the fourth, and handlers are not held up by that
  EXPECT_EQ(done, 0);
  go_on.count_down();
  while (done < 4) std::this_thread::yield();
}

TEST_F(EventLoopTest, HandlersNeverOverlapWhileWorkComesAndGoes) {
  constexpr int kHandlers = 2000;
  int in_handler = 0, handled = 0;  // without a lock: that is the point
  std::atomic<int> worked = 0;
  for (int i = 0; i < kHandlers; ++i) {
    Handle([&] {
      EXPECT_EQ(++in_handler, 1);
      loop_.Post([&] { ++worked; });
      ++handled;
      --in_handler;
    });
  }
  loop_.Finish();
  EXPECT_EQ(handled, kHandlers);
  while (worked < kHandlers) std::this_thread::yield();  // the last on the executor
}

}  // namespace
}  // namespace varve
