// What travels through a completion queue as the name of an operation.
#ifndef ALTHING_REPLICA_NET_TAG_H_
#define ALTHING_REPLICA_NET_TAG_H_

namespace althing {

// Proceed is called once per operation that was started with the tag, by the thread that polls the
// queue. The tag must live until then; it may end its owner's life in Proceed.
class Tag {
 public:
  virtual ~Tag() = default;
  // `ok` is gRPC's: false if the operation did not happen.
  virtual void Proceed(bool ok) = 0;
};

// Calls a method of its owner: one such member for each kind of operation that can be under way.
template <typename Owner>
class MethodTag final : public Tag {
 public:
  MethodTag(Owner* owner, void (Owner::*method)(bool)) : owner_(owner), method_(method) {}
  MethodTag(const MethodTag&) = delete;
  MethodTag& operator=(const MethodTag&) = delete;
  void Proceed(bool ok) override { (owner_->*method_)(ok); }

 private:
  Owner* const owner_;
  void (Owner::*const method_)(bool);
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_TAG_H_
