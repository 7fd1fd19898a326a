#version 450
// A little stack machine: the same program on each invocation's input.
layout(local_size_x = 64) in;
layout(push_constant) uniform P { uint count; } p;
layout(std430, binding = 0) readonly buffer Q { uint program[]; };
layout(std430, binding = 1) readonly buffer S { float src[]; };
layout(std430, binding = 2) writeonly buffer D { float dst[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    float stack[8];
    int top = 0;
    stack[0] = 0;
    for (uint pc = 0; pc < p.count; pc++) {
        uint code = program[pc];
        float argument = float(int(code) >> 8);
        switch (code & 15) {
            case 0: stack[++top] = argument; break;
            case 1: stack[++top] = src[i]; break;
            case 2: top--; stack[top] += stack[top + 1]; break;
            case 3: top--; stack[top] *= stack[top + 1]; break;
            case 4: top--; stack[top] -= stack[top + 1]; break;
            case 5: stack[top] = sqrt(abs(stack[top])); break;
            case 6: stack[top + 1] = stack[top]; top++; break;
            case 7: stack[top] = min(stack[top], argument); break;
            case 8: stack[top] = max(stack[top], argument); break;
            case 9: stack[top] = stack[top] * 0.5 + argument; break;
        }
    }
    dst[i] = stack[top];
}
