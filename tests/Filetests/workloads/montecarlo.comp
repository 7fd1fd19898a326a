#version 450
// The price of an option: each invocation walks some paths with a generator of its own.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { uint paths, steps; float drift, volatility, strike; } p;
layout(std430, binding = 0) writeonly buffer D { float payoff[]; };
uint pcg(inout uint state) {
    state = state * 747796405u + 2891336453u;
    uint word = ((state >> ((state >> 28) + 4)) ^ state) * 277803737u;
    return (word >> 22) ^ word;
}
void main() {
    uint state = gl_GlobalInvocationID.x * 1664525u + 1013904223u;
    float sum = 0;
    for (uint i = 0; i < p.paths; i++) {
        float x = 0;
        for (uint s = 0; s < p.steps; s++) {
            float u = (float(pcg(state) >> 8) + 0.5) * (1.0 / 16777216.0), v = float(pcg(state) >> 8) * (1.0 / 16777216.0);
            x += p.drift + p.volatility * sqrt(-2 * log(u)) * cos(6.2831853 * v);
        }
        sum += max(exp(x) - p.strike, 0.0);
    }
    payoff[gl_GlobalInvocationID.x] = sum / float(p.paths);
}
