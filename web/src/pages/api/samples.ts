export type Format = "flows.v1" | "zeek.conn";

/** A post with a record or two that began just now. */
export function sample(format: Format, now = Date.now()): string {
  const ts = Math.round(now) / 1000;
  const records =
    format === "flows.v1"
      ? [
          {
            ts,
            src_ip: "10.20.0.10",
            dst_ip: "8.8.8.8",
            src_port: 54000,
            dst_port: 53,
            protocol: "udp",
            bytes: 120,
            packets: 1,
          },
          {
            ts,
            src_ip: "10.20.0.11",
            dst_ip: "1.1.1.1",
            src_port: 51512,
            dst_port: 443,
            protocol: "tcp",
            bytes: 48213,
            packets: 61,
          },
        ]
      : [
          {
            ts,
            uid: "CToolbox1",
            "id.orig_h": "10.20.0.12",
            "id.orig_p": 50122,
            "id.resp_h": "9.9.9.9",
            "id.resp_p": 443,
            proto: "tcp",
            service: "ssl",
            duration: 1.25,
            orig_bytes: 1830,
            resp_bytes: 20411,
            orig_pkts: 14,
            resp_pkts: 19,
            conn_state: "SF",
          },
        ];
  return JSON.stringify({ collector_id: "toolbox", format, records }, null, 2);
}
