package io.penstock;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of commands that list what tenants have. */
final class TenantFilter {

  @Option(names = "--tenant", paramLabel = "TENANT", description = "only of this tenant")
  private @Nullable String tenant;

  boolean shows(String owner) {
    return tenant == null || tenant.equals(owner);
  }
}
