#version 450
// Records of 32 bytes, read and written whole.
layout(local_size_x = 64) in;
struct Particle { vec3 position; float age; vec3 velocity; float mass; };
layout(push_constant) uniform P { uint n; float dt; } p;
layout(std430, binding = 0) buffer S { Particle particle[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= p.n)
        return;
    Particle q = particle[i];
    vec3 force = -q.position * q.mass;
    q.velocity += force * p.dt;
    q.position += q.velocity * p.dt;
    if (q.position.y < 0) {
        q.position.y = -q.position.y;
        q.velocity.y *= -0.9;
    }
    q.age += p.dt;
    particle[i] = q;
}
