#version 450
// Insertion into a sorted private array at places known only at run time.
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    float v[16];
    for (int k = 0; k < 16; k++) {
        float x = src[i * 16 + k];
        int j = k - 1;
        while (j >= 0 && v[j] > x) {
            v[j + 1] = v[j];
            j--;
        }
        v[j + 1] = x;
    }
    for (int k = 0; k < 16; k++)
        dst[i * 16 + k] = v[k];
}
