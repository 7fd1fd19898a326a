#version 450
// A loop whose length differs from invocation to invocation.
layout(local_size_x = 128) in;
layout(std430, binding = 0) writeonly buffer D { uint steps[]; };
void main() {
    uint i = gl_GlobalInvocationID.x, n = i + 1, count = 0;
    while (n != 1 && count < 300) {
        n = (n & 1) == 0 ? n / 2 : 3 * n + 1;
        count++;
    }
    steps[i] = count;
}
