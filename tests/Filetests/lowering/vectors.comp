// test: run
// Vectors and matrices: products, inverse, geometry, comparisons, swizzles; results as integers after scaling.
// buffer 0 0 f32: 1 2 3 4 0.5 -1.5 2.5 -3.5
// buffer 0 1 i32: zero*40
#version 450
layout(local_size_x = 1) in;
layout(std430, binding = 0) readonly buffer I { vec4 a; vec4 b; };
layout(std430, binding = 1) buffer O { int r[]; };
int q(float x) { return int(round(x * 1000.0)); }
void main() {
    mat2 m = mat2(a.x, a.y, a.z, a.w);
    mat2 i = inverse(m), p = m * i;
    r[0] = q(p[0][0]); r[1] = q(p[1][0]); r[2] = q(i[1][0]); r[3] = q(determinant(m));
    mat3 m3 = mat3(a.xyz, b.xyz, vec3(1, 0, 2));
    mat3 p3 = m3 * inverse(m3);
    r[4] = q(p3[0][0]); r[5] = q(p3[2][1]); r[6] = q(determinant(m3)); r[7] = q((m3 * a.xyz).y); r[8] = q((a.xyz * m3).y);
    mat4 m4 = outerProduct(a, b) + mat4(1.0);
    mat4 p4 = inverse(m4) * m4;
    r[9] = q(p4[3][3]); r[10] = q(p4[0][1]); r[11] = q(determinant(m4)); r[12] = q(transpose(m4)[1][2]); r[13] = q(m4[1][2]);
    r[14] = q(dot(a, b)); r[15] = q(length(a)); r[16] = q(distance(a, b)); vec3 c = cross(a.xyz, b.xyz); r[17] = q(c.x); r[18] = q(c.z);
    r[19] = q(normalize(a.xyz).y); vec3 f = reflect(b.xyz, vec3(0, 1, 0)); r[20] = q(f.y); r[21] = q(refract(normalize(vec3(1, -1, 0)), vec3(0, 1, 0), 0.5).y);
    r[22] = q(faceforward(a.xyz, b.xyz, a.xyz).x); bvec4 lt = lessThan(a, b); r[23] = any(lt) ? 1 : 0; r[24] = all(not(lt)) ? 1 : 0;
    vec4 w = a.wzyx; w.xz = b.yx; r[25] = q(w.x); r[26] = q(w.z); r[27] = q(w.w);
    float whole; r[28] = q(modf(b.w, whole)); r[29] = q(whole); int e; r[30] = q(frexp(a.w, e)); r[31] = e; r[32] = q(ldexp(b.x, 3));
    r[33] = q(mod(b.y, 1.0)); r[34] = q(fract(b.w)); r[35] = q(smoothstep(0.0, 2.0, b.x)); r[36] = q(mix(a.x, a.y, 0.25)); r[37] = q(step(a.x, b.x));
    mat2x3 rect = mat2x3(1, 2, 3, 4, 5, 6); mat3x2 other = mat3x2(1, 0, 0, 1, 1, 1); mat3 prod = rect * other; r[38] = q(prod[2][1]); r[39] = q(roundEven(b.z) + sign(b.y));
}
// expect:
// finished
// buffer 0 0 f32: 1.0 2.0 3.0 4.0 0.5 -1.5 2.5 -3.5
// buffer 0 1 i32: 1000 0 1500 -2000 1000 0 4500 -1000 5000 1000 0 -8000 5000 -4500 -9000 5477 8307 9500 -2500 535 1500 -935 -1000 0 1 -1500 500 1000 -500 -3000 500 3 4000 500 500 156 1250 0 7000 1000
// end
