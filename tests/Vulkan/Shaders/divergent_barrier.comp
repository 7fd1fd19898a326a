#version 450
// Half of the invocations reach one barrier, the others another.
layout(local_size_x = 64) in;
layout(std430, binding = 0) buffer Data { uint data[]; };
shared uint kept[64];
void main() {
    uint i = gl_LocalInvocationIndex;
    kept[i] = data[i];
    if (data[i] == 0u) {
        barrier();
        kept[i] += 1u;
    } else {
        kept[i] += 2u;
        barrier();
    }
    data[i] = kept[63u - i];
}
