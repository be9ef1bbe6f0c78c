# The targets that operators of the Telemetry API know. Each is one command of ./penstock, which
# says more: ./penstock flags --help, ./penstock firewall --help.

.PHONY: help flags-show flags-http-on flags-http-off flags-udp-on flags-udp-off flags-logonly-on \
	flags-logonly-off firewall-setup firewall-dryrun firewall-sync firewall-status firewall-show test

help:
	@sed -n 's/^\([a-z-]*\):$$/make \1/p' $(firstword $(MAKEFILE_LIST))

flags-show:
	./penstock flags list

flags-http-on:
	./penstock flags set ADMISSION_HTTP_ENABLED=true

flags-http-off:
	./penstock flags set ADMISSION_HTTP_ENABLED=false

flags-udp-on:
	./penstock flags set ADMISSION_UDP_ENABLED=true

flags-udp-off:
	./penstock flags set ADMISSION_UDP_ENABLED=false

flags-logonly-on:
	./penstock flags set ADMISSION_LOG_ONLY=true

flags-logonly-off:
	./penstock flags set ADMISSION_LOG_ONLY=false

firewall-setup:
	./penstock firewall setup

firewall-dryrun:
	./penstock firewall sync --dry-run

firewall-sync:
	./penstock firewall sync

firewall-status:
	./penstock firewall status

firewall-show:
	./penstock firewall show

test:
	./penstock test
