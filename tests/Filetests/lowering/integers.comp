// test: run
// Integer and bit functions, with the answers to undefined cases: division by zero, shifts by the width.
// buffer 0 0 i32: -7 3 0 -2147483648 -1 2147483647
// buffer 0 1 i32: zero*48
#version 450
layout(local_size_x = 1) in;
layout(std430, binding = 0) readonly buffer I { int src[]; };
layout(std430, binding = 1) buffer O { int r[]; };
void main() {
    int a = src[0], b = src[1], z = src[2], low = src[3], m = src[4];
    uint ua = uint(a), ub = uint(b), uz = uint(z);
    r[0] = a / b; r[1] = a % b; r[2] = int(ua / ub); r[3] = int(ua % ub);
    r[4] = a / z; r[5] = int(ua % uz); r[6] = low / m;
    r[7] = a << (b + 30); r[8] = a >> b; r[9] = int(ua >> ub);
    r[10] = findLSB(b << 4); r[11] = findLSB(z); r[12] = findMSB(b); r[13] = findMSB(a); r[14] = findMSB(m); r[15] = findMSB(ua);
    r[16] = bitfieldExtract(a, 4, 8); r[17] = int(bitfieldExtract(ua, 4, 8)); r[18] = bitfieldExtract(a, 4, z); r[19] = bitfieldExtract(a, 0, 32 + z);
    r[20] = bitfieldInsert(z, m, 4, 8); r[21] = bitfieldInsert(b, m, 0, 32 + z); r[22] = bitfieldInsert(b, m, 8, z);
    r[23] = bitCount(a); r[24] = bitfieldReverse(b); r[25] = abs(a); r[26] = sign(a); r[27] = sign(z); r[28] = abs(low);
    uint carry, borrow, hi, lo; int shi, slo;
    r[29] = int(uaddCarry(ua, ub + 5u, carry)); r[30] = int(carry);
    r[31] = int(usubBorrow(ub, ua, borrow)); r[32] = int(borrow);
    umulExtended(ua, ub, hi, lo); r[33] = int(hi); r[34] = int(lo);
    imulExtended(a, b, shi, slo); r[35] = shi; r[36] = slo;
    r[37] = clamp(a, -3, 3); r[38] = min(a, b); r[39] = int(max(ua, ub));
    r[40] = int(packUnorm4x8(vec4(0.0, 1.0, float(b) / 6.0, 2.0)));
    r[41] = int(packSnorm2x16(vec2(-1.0, float(b) / 3.0)));
    r[42] = int(packHalf2x16(vec2(1.5, float(a))));
    vec2 h = unpackHalf2x16(uint(r[42])); r[43] = int(h.x * 2.0) * 100 + int(h.y);
    vec4 u = unpackSnorm4x8(0x8081017Fu + uz); r[44] = int(u.x) + int(u.z * 100.0) + int(u.w * 10000.0);
    r[45] = int(float(src[5])); r[46] = int(uint(float(a))); r[47] = int(0.0 / float(z));
}
// expect:
// finished
// buffer 0 0 i32: -7 3 0 -2147483648 -1 2147483647
// buffer 0 1 i32: -2 2 1431655763 0 0 0 -2147483648 -14 -1 536870911 4 -1 1 2 -1 31 -1 255 0 -7 4080 -1 3 30 -1073741824 7 -1 0 -2147483648 1 1 10 1 2 -21 -1 -21 -3 -7 -7 -8323328 2147450881 -956285440 293 -10099 2147483647 0 0
// end
