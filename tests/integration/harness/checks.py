"""Health checks as the JSON objects that users write."""

FAST = {"RequestInterval": 0.2, "FailureThreshold": 2}


def check(check_id, kind, endpoint=None, **fields):
    """One HealthCheck; probed every 0.2 s, two results to flip, unless the fields say otherwise."""
    config = {"Type": kind}
    if kind != "CALCULATED":
        config.update(FAST)
    if endpoint is not None:
        config.update(IPAddress=endpoint.host, Port=endpoint.port)
    if kind.startswith("HTTP"):
        config["ResourcePath"] = "/healthz"
    config.update(fields)
    return {"Id": check_id, "HealthCheckConfig": config}


def pair(name, primary_check, secondary_check=None, primary="192.0.2.10", secondary="198.51.100.10"):
    """The two lines of a failover group."""
    second = f" check={secondary_check}" if secondary_check else ""
    return (f"{name} IN A {primary} ; @failover primary check={primary_check}\n"
            f"{name} IN A {secondary} ; @failover secondary{second}\n")


PRIMARY, SECONDARY = ["192.0.2.10"], ["198.51.100.10"]
