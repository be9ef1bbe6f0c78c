package io.penstock.admit;

import io.penstock.admit.KernelAllowList.Outcome;
import io.penstock.prefix.Prefix;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the kernel's allow-list up to date soon after the sources changed: when they have been the
 * same for a second, so that many changes in a row are one.
 */
public final class AllowListFollower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AllowListFollower.class);

  private final KernelAllowList list;
  private final Supplier<List<Prefix>> networks;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firewall").factory());
  private @Nullable List<Prefix> lastSeen;
  private @Nullable List<Prefix> synced;
  private @Nullable String lastFailure;

  /**
   * @param networks what may send, as it is now
   */
  public AllowListFollower(KernelAllowList list, Supplier<List<Prefix>> networks) {
    this.list = list;
    this.networks = networks;
  }

  public void start() {
    var _ = executor.scheduleWithFixedDelay(this::look, 0, 1, TimeUnit.SECONDS);
  }

  /** One look: syncs what is new and did not change since the last one. */
  void look() {
    try {
      var now = networks.get();
      boolean isStill = now.equals(lastSeen);
      lastSeen = now;
      if (isStill && !now.equals(synced)) {
        sync(now);
      }
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("allow-list not synced");
    }
  }

  private void sync(List<Prefix> now) {
    switch (list.sync()) {
      case Outcome.Done(var plan, _) -> {
        synced = now;
        lastFailure = null;
        LOG.atInfo()
            .addKeyValue("ipv4", plan.v4().size())
            .addKeyValue("ipv6", plan.v6().size())
            .log("allow-list synced");
      }
      case Outcome.Unavailable _ -> failed("nft is not installed");
      case Outcome.Failed(var reason) -> failed(reason);
    }
  }

  /** Tried again at the next look; said once. */
  private void failed(String reason) {
    if (!reason.equals(lastFailure)) {
      LOG.atError().addKeyValue("reason", reason).log("allow-list not synced");
    }
    lastFailure = reason;
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
