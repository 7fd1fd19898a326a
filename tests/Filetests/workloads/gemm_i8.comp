#version 450
// Four signed bytes of a row of A and of a column of B in each word.
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform P { uint n; } p;
layout(std430, binding = 0) readonly buffer A { int a[]; };
layout(std430, binding = 1) readonly buffer B { int b[]; };
layout(std430, binding = 2) writeonly buffer C { int c[]; };
int dot4(int x, int y) {
    return bitfieldExtract(x, 0, 8) * bitfieldExtract(y, 0, 8) + bitfieldExtract(x, 8, 8) * bitfieldExtract(y, 8, 8)
        + bitfieldExtract(x, 16, 8) * bitfieldExtract(y, 16, 8) + bitfieldExtract(x, 24, 8) * bitfieldExtract(y, 24, 8);
}
void main() {
    uint x = gl_GlobalInvocationID.x, y = gl_GlobalInvocationID.y, words = p.n / 4;
    int sum = 0;
    for (uint k = 0; k < words; k++)
        sum += dot4(a[y * words + k], b[k * p.n + x]);
    c[y * p.n + x] = sum;
}
