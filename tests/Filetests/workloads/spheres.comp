#version 450
// Paths of light between spheres: nearest hit in a loop, some bounces, a generator per pixel.
layout(local_size_x = 8, local_size_y = 8) in;
layout(push_constant) uniform P { uint width, height, spheres, bounces; } p;
layout(std430, binding = 0) readonly buffer S { vec4 sphere[]; };
layout(std430, binding = 1) writeonly buffer D { vec4 dst[]; };
uint state;
float random() {
    state = state * 747796405u + 2891336453u;
    uint word = ((state >> ((state >> 28) + 4)) ^ state) * 277803737u;
    return float(((word >> 22) ^ word) >> 8) * (1.0 / 16777216.0);
}
void main() {
    uvec2 at = gl_GlobalInvocationID.xy;
    state = at.y * p.width + at.x + 1;
    vec3 from = vec3(0, 0, -4), direction = normalize(vec3((vec2(at) + 0.5) / vec2(p.width, p.height) * 2 - 1, 1.5));
    vec3 light = vec3(0), weight = vec3(1);
    for (uint bounce = 0; bounce < p.bounces; bounce++) {
        float nearest = 1e30;
        int hit = -1;
        for (uint i = 0; i < p.spheres; i++) {
            vec3 o = from - sphere[i].xyz;
            float b = dot(o, direction), c = dot(o, o) - sphere[i].w * sphere[i].w, h = b * b - c;
            if (h > 0) {
                float t = -b - sqrt(h);
                if (t > 1e-3 && t < nearest) {
                    nearest = t;
                    hit = int(i);
                }
            }
        }
        if (hit < 0) {
            light += weight * mix(vec3(0.3, 0.3, 0.4), vec3(0.9, 0.95, 1), direction.y * 0.5 + 0.5);
            break;
        }
        from += direction * nearest;
        vec3 normal = (from - sphere[hit].xyz) / sphere[hit].w;
        float z = random() * 2 - 1, angle = random() * 6.2831853, r = sqrt(max(0.0, 1 - z * z));
        vec3 spread = vec3(r * cos(angle), r * sin(angle), z);
        direction = normalize((hit & 1) == 0 ? normal * 1.001 + spread : reflect(direction, normal));
        weight *= 0.5 + 0.5 * fract(vec3(hit) * vec3(0.37, 0.61, 0.83));
    }
    dst[at.y * p.width + at.x] = vec4(light, 1);
}
