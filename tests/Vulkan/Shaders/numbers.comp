// spirv 1.5
// Numbers of all widths in storage and uniform buffers, push constants and workgroup memory, and atomics of 64 bits and on floats.
#version 450
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_8bit_storage : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_atomic_int64 : require
#extension GL_EXT_shader_atomic_float : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_EXT_shader_subgroup_extended_types_int64 : require
#extension GL_EXT_shader_subgroup_extended_types_int8 : require
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer Numbers { int8_t a[64]; int16_t b[64]; float16_t h[64]; int64_t q[64]; double d[64]; };
layout(std430, binding = 1) buffer Results {
    int8_t ra[64]; int16_t rb[64]; float16_t rh[64]; int64_t rq[64]; double rd[64];
    uint64_t count; uint64_t largest; float sum; float swapped; double wideSum;
    int64_t subgroupTotal[64]; int8_t subgroupTop[64];
};
layout(std430, binding = 2) readonly buffer Bytes { uint8_t bytes[]; };
layout(std430, binding = 3) writeonly buffer Words { uint words[]; };
layout(std140, binding = 4) uniform Factors { int8_t fa; int16_t fb; float16_t fh; int64_t fq; double fd; };
layout(push_constant) uniform Addends { int8_t pa; uint8_t pu; int16_t pb; float16_t ph; int64_t pq; };
shared uint64_t sharedSum;
shared float sharedFloat;
void main() {
    uint i = gl_LocalInvocationIndex;
    if (i == 0) {
        sharedSum = 0ul;
        sharedFloat = 0.0;
    }
    barrier();
    ra[i] = a[i] * fa + pa;
    rb[i] = b[63 - i] / fb + pb;
    rh[i] = h[i] * fh + ph;
    rq[i] = q[i] / fq + q[i] % pq;
    rd[i] = sqrt(d[i]) / fd;
    atomicAdd(count, uint64_t(i) << 32);
    atomicMax(largest, uint64_t(q[i]));
    atomicAdd(sum, 1.5);
    atomicAdd(wideSum, double(i));
    atomicAdd(sharedSum, uint64_t(pu) << 40);
    atomicAdd(sharedFloat, 0.25);
    subgroupTotal[i] = subgroupAdd(q[i]);
    subgroupTop[i] = subgroupMax(a[i]);
    words[i] = uint(bytes[(i * 7) % 61]) | uint(bytes[i]) << 8;
    barrier();
    if (i == 63) {
        count += sharedSum;
        swapped = atomicExchange(sum, sharedFloat);
    }
}
