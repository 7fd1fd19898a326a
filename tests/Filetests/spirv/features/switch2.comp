#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

void main(){ uint i=gl_GlobalInvocationID.x; uint r=0; for(int k=0;k<10;k++){ switch(a[i]+k){ case 0: continue; case 1: if(k==3) continue; r+=4; break; case 7: return; default: r++; } if(r>50) break; } a[i]=r; }
