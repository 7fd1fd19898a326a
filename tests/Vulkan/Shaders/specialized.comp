#version 450
layout(local_size_x_id = 10) in;
layout(constant_id = 0) const bool aBool = false;
layout(constant_id = 1) const int anInt = -7;
layout(constant_id = 2) const float aFloat = 1.5;
layout(constant_id = 3) const uint aLength = 3u;
layout(std430, binding = 0) buffer Data { uint data[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    uint table[aLength];
    for (uint k = 0u; k < aLength; k++)
        table[k] = k * 10u;
    if (i == 0u) {
        data[0] = aBool ? 1u : 0u;
        data[1] = uint(anInt);
        data[2] = floatBitsToUint(aFloat * 2.0);
        data[3] = gl_WorkGroupSize.x;
        data[4] = table[data[5] % aLength];
    }
    data[8u + i] = i + 1u;
}
