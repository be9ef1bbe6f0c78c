package io.penstock.destination;

import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Split;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.IllegalSaslStateException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedCompressionTypeException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.jspecify.annotations.Nullable;

/**
 * What a failure of Kafka's client means for a record.
 *
 * @param refusal why it will never be taken, in a word; null when it is to be sent again
 * @param cause why it is to be sent again
 * @param endsProducer whether the producer is of no more use: fenced, or in a state that it does
 *     not leave
 * @param text for people
 */
record KafkaFailure(@Nullable String refusal, Cause cause, boolean endsProducer, String text) {

  /** Of what was thrown, or of what a record's result failed with. */
  static KafkaFailure of(Throwable failure) {
    var refusal = refusal(failure);
    var cause = cause(failure);
    // What passes by itself, the client has tried again by itself; after anything else a producer
    // may refuse everything, or number its records as no broker expects.
    boolean endsProducer = refusal == null && !isPassing(failure);
    return new KafkaFailure(refusal, cause, endsProducer, text(failure));
  }

  private static @Nullable String refusal(Throwable failure) {
    return switch (failure) {
      case RecordTooLargeException _ -> Split.TOO_LARGE;
      case InvalidTimestampException _ -> "invalid_timestamp";
      case InvalidRecordException _ -> "invalid_record";
      default -> null;
    };
  }

  private static Cause cause(Throwable failure) {
    return switch (failure) {
      // Asked for long enough, and the answer was always that there is none.
      case TimeoutException e when e.getCause() instanceof UnknownTopicOrPartitionException ->
          Cause.CONFIGURATION;
      case TimeoutException _, DisconnectException _, NetworkException _ -> Cause.UNREACHABLE;
      case ThrottlingQuotaExceededException _ -> Cause.BUSY;
      case SslAuthenticationException _ -> Cause.UNREACHABLE;
      case UnsupportedSaslMechanismException _, IllegalSaslStateException _ -> Cause.CONFIGURATION;
      case AuthenticationException _, AuthorizationException _ -> Cause.CREDENTIALS;
      case UnknownTopicOrPartitionException _,
          // Invalid topics and what a broker does not support, among others.
          InvalidConfigurationException _,
          UnsupportedCompressionTypeException _,
          PolicyViolationException _,
          ConfigException _ ->
          Cause.CONFIGURATION;
      default ->
          failure.getCause() instanceof ConfigException ? Cause.CONFIGURATION : Cause.FAILING;
    };
  }

  private static boolean isPassing(Throwable failure) {
    return failure instanceof RetriableException
        || failure instanceof InvalidTopicException
        || failure instanceof RecordBatchTooLargeException;
  }

  private static String text(Throwable failure) {
    var told = failure;
    while (told.getCause() != null) {
      told = told.getCause();
    }
    var message = told.getMessage();
    return message == null || message.isBlank() ? told.getClass().getSimpleName() : message;
  }
}
