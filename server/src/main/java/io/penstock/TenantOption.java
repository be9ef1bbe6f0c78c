package io.penstock;

import io.penstock.control.Tenant;
import picocli.CommandLine.Option;

/** The option of commands about something that a tenant has. */
final class TenantOption {

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      defaultValue = Tenant.DEFAULT,
      description = "whose it is (default: ${DEFAULT-VALUE})")
  private String tenant = Tenant.DEFAULT;

  String tenant() {
    return tenant;
  }
}
