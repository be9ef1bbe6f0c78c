import { createSocket, type Socket } from "node:dgram";

/** Information Elements of the template, with their lengths: RFC 3954 §8. */
const FIELDS: [id: number, octets: number][] = [
  [8, 4],
  [12, 4],
  [7, 2],
  [11, 2],
  [4, 1],
  [1, 4],
  [2, 4],
];
const TEMPLATE = 256;
const HEADER_OCTETS = 20;
const RECORD_OCTETS = FIELDS.reduce((sum, [, octets]) => sum + octets, 0);

/** A device that sends NetFlow v9 (RFC 3954) to a port of this machine. */
export class NetFlow {
  private sequence = 1;

  private constructor(
    private readonly socket: Socket,
    private readonly port: number,
  ) {}

  static async open(port: number): Promise<NetFlow> {
    const socket = createSocket("udp4");
    await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
    return new NetFlow(socket, port);
  }

  /** Tells what its records look like. */
  template() {
    const set = Buffer.alloc(8 + 4 * FIELDS.length);
    set.writeUInt16BE(0, 0);
    set.writeUInt16BE(set.length, 2);
    set.writeUInt16BE(TEMPLATE, 4);
    set.writeUInt16BE(FIELDS.length, 6);
    FIELDS.forEach(([id, octets], i) => {
      set.writeUInt16BE(id, 8 + 4 * i);
      set.writeUInt16BE(octets, 10 + 4 * i);
    });
    this.send(set, 1);
  }

  /** Sends so many flows in a datagram. */
  flows(count: number) {
    const octets = 4 + count * RECORD_OCTETS;
    const set = Buffer.alloc(octets + ((4 - (octets % 4)) % 4));
    set.writeUInt16BE(TEMPLATE, 0);
    set.writeUInt16BE(set.length, 2);
    for (let i = 0; i < count; i++) {
      const at = 4 + i * RECORD_OCTETS;
      set.writeUInt32BE(0x0a000001 + i, at);
      set.writeUInt32BE(0x08080808, at + 4);
      set.writeUInt16BE(40_000 + i, at + 8);
      set.writeUInt16BE(443, at + 10);
      set.writeUInt8(6, at + 12);
      set.writeUInt32BE(1_500, at + 13);
      set.writeUInt32BE(3, at + 17);
    }
    this.send(set, count);
  }

  /** So many datagrams never come. */
  lose(datagrams: number) {
    this.sequence += datagrams;
  }

  private send(set: Buffer, count: number) {
    const header = Buffer.alloc(HEADER_OCTETS);
    header.writeUInt16BE(9, 0);
    header.writeUInt16BE(count, 2);
    header.writeUInt32BE(60_000, 4);
    header.writeUInt32BE(Math.floor(Date.now() / 1000), 8);
    header.writeUInt32BE(this.sequence++, 12);
    this.socket.send(Buffer.concat([header, set]), this.port, "127.0.0.1");
  }

  close() {
    this.socket.close();
  }
}
