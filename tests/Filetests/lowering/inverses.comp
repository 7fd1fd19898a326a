// test: run
// Inverses of matrices whose cofactors and determinants are out of f32's range: tiny, huge, and of mixed magnitudes.
// buffer 0 0 f32: 1e-14 1e14 1e30 1e-30
// buffer 0 1 i32: zero*16
#version 450
layout(local_size_x = 1) in;
layout(std430, binding = 0) readonly buffer I { float tiny, huge, high, low; };
layout(std430, binding = 1) buffer O { int r[]; };
int q(float x) { return int(round(x * 1000.0)); }
void main() {
    mat3 m3 = mat3(2, 1, 0, 1, 3, 1, 0, 1, 4);
    mat4 m4 = mat4(2, 0, 1, 0, 0, 4, 0, 0, 1, 0, 2, 0, 0, 0, 0, 8);
    mat3 t3 = inverse(m3 * tiny), h3 = inverse(m3 * huge);
    r[0] = q(t3[0][0] * tiny); r[1] = q(t3[1][0] * tiny); r[2] = q(h3[2][2] * huge); r[3] = q(h3[2][0] * huge);
    mat4 t4 = inverse(m4 * tiny), h4 = inverse(m4 * huge);
    r[4] = q(t4[0][0] * tiny); r[5] = q(t4[2][0] * tiny); r[6] = q(h4[3][3] * huge); r[7] = q(h4[1][1] * huge);
    mat4 mixed = inverse(mat4(high, 0, 0, 0, 0, low, 0, 0, 0, 0, high, 0, 0, 0, 0, high));
    r[8] = q(mixed[0][0] * high); r[9] = q(mixed[1][1] * low); r[10] = q(mixed[2][2] * high); r[11] = q(mixed[1][0]);
    mat2 t2 = inverse(mat2(low, 0, 0, 2.0 * low));
    r[12] = q(t2[0][0] * low); r[13] = q(t2[1][1] * low);
    mat2 s = inverse(mat2(high, high, high, high)); r[14] = isnan(s[0][0]) || isinf(s[0][0]) ? 1 : 0; r[15] = q(t4[1][1] * tiny);
}
// expect:
// finished
// buffer 0 0 f32: 1E-14 1E+14 1E+30 1E-30
// buffer 0 1 i32: 611 -222 278 56 667 -333 125 250 1000 1000 1000 0 1000 500 1 250
// end
