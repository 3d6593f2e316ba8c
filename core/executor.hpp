// Where turns are taken: something that errands can be posted to. The one virtual interface of the runtime: the workers
// implement it, and so do tests, which run posted errands by hand in any order. A virtual call costs 2 ns of the 100 of
// a post, and a template parameter instead would reach into every engine.
#pragma once

namespace settle {

/// One call to come: run(context, index, worker), on one of the workers; `worker` is its number. Must not throw.
struct Errand {
    void (*run)(void* context, int index, int worker);
    void* context;
    int index;
};

class Executor {
public:
    /// Any thread. Runs the errand once, later, never inside the call.
    virtual void post(const Errand& errand) = 0;

protected:
    ~Executor() = default;
};

}  // namespace settle
