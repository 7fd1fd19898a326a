#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

void main(){ uint i=gl_GlobalInvocationID.x; uint r=0; switch(a[i]){ case 0: r=1; break; case 1: r=2; case 2: r+=3; break; default: if (i>3) break; r=9; } a[i]=r; }
