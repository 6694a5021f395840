package io.limiter.spec.guide;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.Permit;

/** Limits the calls of a gRPC server. A denied call is RESOURCE_EXHAUSTED. */
class GrpcLimits implements ServerInterceptor {
  /** How long to wait, in ms. gRPC clients that have a retry policy obey it by themselves. */
  static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private final Gate gate;

  GrpcLimits(Gate gate) {
    this.gate = gate;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Permit permit = gate.tryEnter();
    if (!permit.granted()) {
      call.close(Status.RESOURCE_EXHAUSTED, trailers(permit.decision()));
      return new ServerCall.Listener<>() {};
    }
    try {
      return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
        @Override
        public void onComplete() {
          permit.close();
          super.onComplete();
        }

        @Override
        public void onCancel() { // also if the client went away
          permit.close();
          super.onCancel();
        }
      };
    } catch (RuntimeException | Error e) {
      permit.close();
      throw e;
    }
  }

  private static Metadata trailers(Decision decision) {
    Metadata trailers = new Metadata();
    long millis = (decision.retryAfterNanos() - 1) / 1_000_000 + 1; // rounded up
    if (!decision.isNever() && millis <= Integer.MAX_VALUE) {
      trailers.put(PUSHBACK, Long.toString(millis));
    }
    return trailers;
  }
}
